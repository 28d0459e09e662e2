"""What every noun that has an owner needs, written once. A noun is its own fields and routes.

fields            text, dates and ids that a database can hold, as pydantic reads them
schemas           what comes in, what is shown, a page of it
columns           column types, and a table whose every key starts with the owner
rows              the statements; each one starts from the owner's rows and sees no others
cursor            where the page before ended
dialects          what SQLite and PostgreSQL write differently
collection        the routes' common part: input to statement to answer
account_deletion  an account's end: everything of every noun, and no write with an older pass
"""
