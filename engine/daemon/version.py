"""Which Docker is simulated."""

VERSION = "28.5.2"
API_VERSION = "1.51"
MIN_API_VERSION = "1.24"
BUILD = "layerlab"
GO_VERSION = "go1.25.3"
BUILT = "2025-11-05T14:43:33.000000000+00:00"
CLIENT_VERSION_LINE = f"Docker version {VERSION}, build {BUILD}\n"
