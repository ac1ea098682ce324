"""What is shown in a terminal: tables, figures for people, live progress."""
