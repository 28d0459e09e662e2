export type SearchParams = Promise<Record<string, string | string[] | undefined>>;

/** Reads query parameters by name; of one that is given several times, the first. */
export async function readSearchParams(searchParams: SearchParams) {
  const params = await searchParams;
  return (name: string): string | undefined => {
    const value = params[name];
    return Array.isArray(value) ? value[0] : value;
  };
}
