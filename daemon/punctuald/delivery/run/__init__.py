"""How messages meet their handlers, in threads or as coroutines."""
