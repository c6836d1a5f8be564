"""Files → chunks → store: readers, cleaning, chunking and the pipeline that commits."""
