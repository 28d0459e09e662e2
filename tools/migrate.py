"""Brings both databases to the current schema, writing the env files first where absent."""

from tools import envfiles
from tools.say import fail, step
from tools.stack import Stack, StackError

if __name__ == "__main__":
    envfiles.write_missing()
    step("Migrating both databases")
    try:
        Stack().migrate()
    except StackError as error:
        fail(str(error))
