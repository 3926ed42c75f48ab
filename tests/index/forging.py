"""Altering a published generation as nobody should: with a manifest that bears the alteration out."""

import json
from hashlib import sha256
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Put other bytes into a file that nobody may write to."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def forge(generation: Path, **changed: object) -> None:
    """Rewrite the manifest with these fields changed, and all sizes and checksums right."""
    manifest = generation / "manifest.json"
    fields = json.loads(manifest.read_text())
    files = {
        path.relative_to(generation).as_posix(): path.read_bytes()
        for path in sorted(generation.rglob("*"))
        if path.is_file() and path != manifest
    }
    fields["files"] = {
        name: {"size": len(content), "sha256": sha256(content).hexdigest()} for name, content in files.items()
    }
    fields |= changed
    write_checked(manifest, fields)


def write_checked(manifest: Path, fields: dict[str, object]) -> None:
    """Write these fields with the checksum that belongs to them."""
    fields.pop("checksum", None)
    fields["checksum"] = sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
    replace_file(manifest, json.dumps(fields, indent=2, ensure_ascii=False).encode())
