"""The parent: forks, watches and stops the others, and touches nothing that could break it."""
