"""What is in our hands: received, waiting, running, being settled; nothing of it is ever lost from sight."""
