"""What the terminal shows: pure functions from data to lines, and the few classes that write them."""
