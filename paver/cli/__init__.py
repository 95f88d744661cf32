"""The command line: a thin shell over `paver.api`. One verb a file in `verbs/`; `output/` prints."""
