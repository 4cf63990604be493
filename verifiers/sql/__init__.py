"""SQL: queries judged by what they return, and by the parts that they are made of."""
