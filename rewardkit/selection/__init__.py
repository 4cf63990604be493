"""From scored responses to what training starts from: a look at the groups, and data chosen from them."""
