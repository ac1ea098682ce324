"""What the control socket's verbs do in the observer: each answers at once, or when it knows."""
