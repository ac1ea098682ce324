"""Who may ask the observer over HTTP."""
