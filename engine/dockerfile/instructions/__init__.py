"""The instructions of the Dockerfile language, one file each."""
