"""What computes: the embedder and the chat models, and where their weights come from.

OpenMP is told to let waiting threads sleep before any library loads it: with spinning threads, two runtimes in one
process (torch, llama.cpp) or any other load on the machine slow generation from 7 tokens a second to 0.5.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# numpy multiplies one question at a time here: a second thread costs more than it brings.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
