"""The board: shared memory with a row for each worker, and what each row is made of. Words in, words out."""
