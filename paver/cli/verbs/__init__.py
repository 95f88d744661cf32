"""One verb a file, each with a `command`. Importing one loads click alone: the library loads when the verb runs."""
