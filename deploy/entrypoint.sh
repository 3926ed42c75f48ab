#!/bin/sh
# Makes ready what the image brings to the data folder, and runs the command.
set -eu
mkdir -p "$VERBATIM_DATA/tmp"
# A folder of one's own with other converted models is left alone.
[ -e "$VERBATIM_DATA/models" ] || ln -sfn /opt/verbatim/models "$VERBATIM_DATA/models"
exec "$@"
