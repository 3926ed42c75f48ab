"""Files to be downloaded."""

from tests.telegram.entities import Json
from tests.telegram.errors import BadRequest
from tests.telegram.parameters import Parameters
from tests.telegram.registry import method
from tests.telegram.stored_files import DOWNLOAD_LIMIT
from tests.telegram.world import World


@method("getFile", "file_id")
def get_file(world: World, parameters: Parameters) -> Json:
    """Where a file can be downloaded, if it is not too large."""
    file = world.files.by_id(parameters.text("file_id"))
    if file is None:
        raise BadRequest("wrong file_id or the file is temporarily unavailable")
    if file.size > DOWNLOAD_LIMIT:
        raise BadRequest("file is too big")
    return file.identity() | {"file_path": file.path}
