#!/bin/sh
# Makes ready what the image brings to the data folder, and runs the command.
set -eu
if mkdir -p "$VERBATIM_DATA/tmp" 2>/dev/null && [ -w "$VERBATIM_DATA/tmp" ]; then
    # A folder of one's own with other converted models is left alone.
    [ -e "$VERBATIM_DATA/models" ] || ln -sfn /opt/verbatim/models "$VERBATIM_DATA/models"
else
    # Questions are answered from a data folder that may only be read, too.
    export TMPDIR=/tmp
fi
exec "$@"
