"""The environment: settings and logging. Read only where a program starts."""
