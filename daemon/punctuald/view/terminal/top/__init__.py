"""`punctuald top`, without its terminal: what is on the screen, and what a key means."""
