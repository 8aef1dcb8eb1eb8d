"""How the files in digitizer/models were made; each module is one command, none is imported at run time."""
