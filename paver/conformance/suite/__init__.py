"""The tests that every driver passes, a file a subject. `paver conform --iaas NAME` runs them."""
