"""The first member of staff, made where nobody can sign in yet: `python -m gateway.identities.bootstrap EMAIL ROLE…`.

The password is read from SIFANG_GATEWAY_STAFF_PASSWORD, or asked for; it never stands on the command line.
"""

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Sequence

from chassis.database import Database
from chassis.errors import Refusal
from chassis.identity import service_caller
from chassis.ids import encode
from chassis.settings import Settings
from gateway.identities import actions, queries
from gateway.identities.model import Kind, Role
from gateway.identities.passwords import Passwords
from gateway.identities.rules import check_password, read_contact


async def ensure_staff(settings: Settings, email: str, password: str, roles: Sequence[Role]) -> str:
    """The `stf_…` of the member of staff with that e-mail address, made if there was none; an existing one stays as she is.

    Raises MalformedContact, WeakPassword, and ContactTaken if a customer signs in with it.
    """
    contact = read_contact(email, None)
    check_password(password, contact)
    passwords, database = Passwords(), Database(settings)
    try:
        password_hash = await passwords.hashed(password)
        async with database.transaction() as tx:
            found = await queries.credentials_by_contact(tx.connection, contact)
            if found is not None and found.identity.kind is Kind.STAFF:
                return encode("stf", found.identity.id)
            caller = service_caller(settings.service)
            made = await actions.hire(tx, caller, contact=contact, password_hash=password_hash, roles=roles)
            return encode("stf", made.id)
    finally:
        await database.close()
        passwords.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m gateway.identities.bootstrap", description=__doc__)
    parser.add_argument("email")
    parser.add_argument("roles", nargs="+", choices=[role.value for role in Role])
    arguments = parser.parse_args()
    password = os.environ.get("SIFANG_GATEWAY_STAFF_PASSWORD") or getpass.getpass()
    roles = [Role(role) for role in arguments.roles]
    try:
        print(asyncio.run(ensure_staff(Settings.read("gateway"), arguments.email, password, roles)))
    except Refusal as refusal:
        sys.exit(f"{refusal.code}: {refusal.detail}")


if __name__ == "__main__":
    main()
