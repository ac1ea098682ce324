"""The pool on virtual time: arrivals replayed through the daemon's own scaling, priority and fleet code.

Needs the extra `simulate` (numpy); nothing outside this package may import it but `punctuald simulate`.
"""
