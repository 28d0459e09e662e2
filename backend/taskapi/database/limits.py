"""How long anybody waits for a database, and how many may search at once.

One limit covers the whole of a request's dealings with the database: waiting for a connection,
opening it, waiting for locks, the answer. It stays under the 5 seconds in which the API promises
an answer, so that a frozen database is a 503 before a browser or a proxy gives up.
"""

WAIT_SECONDS = 4.0
SEARCH_SECONDS = 2.0  # for the search itself; waiting for a turn counts towards WAIT_SECONDS
READ_WAIT_SECONDS = 0.1  # SQLite reads hold the event loop: better a 503 than a standstill
TURN = 3 / 8  # of WAIT_SECONDS: for one's share, and again for a connection; the rest is for work
CONNECT_SECONDS = 2  # for each host of DATABASE_URL, the least that libpq accepts

SEARCHES_PER_OWNER = 1  # at once; whoever searches more waits for themselves
SEARCH_REST_SECONDS = 0.02  # between the searches of one owner, in the long run
SEARCHES_WITHOUT_REST = 10  # in a row
SQLITE_SEARCHES = 2  # worker threads
SQLITE_LOG_BYTES = 64 * 1024 * 1024  # from then on searches pause for it to begin anew
SQLITE_LOG_SECONDS = 0.5  # that they wait for a write under way then
SQLITE_WRITES_PER_OWNER = 32  # at once in the one thread that writes
POSTGRES_OWNERS_PER_POOL = 2  # an owner has one connection in so many of the others at once
POSTGRES_SEARCH_SHARE = 4  # one connection in so many is kept for searches, and no other is used
