"""Keyed digests of what must not be stored or counted in the clear."""

import hashlib

from chassis.runtime import Runtime
from gateway.identities.model import Contact


def body_secret(runtime: Runtime) -> bytes:
    """Key for hashes of bodies with a password in them. Follows from the signing key, so every replica has the same."""
    return hashlib.sha256(b"password bodies\0" + runtime.signer.key_file.read_bytes()).digest()


def contact_digest(runtime: Runtime, contact: Contact) -> str:
    """A name for a contact that does not tell it: for rate limits and keys of sign-ups."""
    text = f"{contact.kind}:{contact.value}".encode()
    return hashlib.blake2b(text, key=body_secret(runtime), digest_size=16).hexdigest()
