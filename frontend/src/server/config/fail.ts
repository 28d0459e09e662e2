/** Ends the program with one line because of how it was set up or called. */
export function fail(message: string): never {
  process.stderr.write(`${message.replace(/\s+/g, " ")}\n`);
  process.exit(2);
}
