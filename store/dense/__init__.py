"""The dense leg's engines: FAISS in files of this library, or a Milvus server. ``leg`` says what each of them does."""
