"""kb: multilingual semantic search with exact citations."""

import os

# Products of a few vectors with a matrix take longer on several threads, which wait for each other busily.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
