"""What an operator allows of each queue, divided among the workers, and which queues stand still."""
