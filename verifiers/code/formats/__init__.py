"""Test formats: references in the shapes of public data sets, read into three kinds of tests."""
