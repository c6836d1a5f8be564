"""The HTTP API: the library for other programs, in the shape of OpenAI's where there is one."""
