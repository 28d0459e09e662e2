/**
 * The API's base URL, without a slash at its end. The server writes it into the page, so that one
 * build serves every deployment.
 */
export function apiBaseUrl(): string {
  const url = document.documentElement.dataset.apiBaseUrl;
  if (!url) throw new Error("The page has no data-api-base-url: set it in app/layout.tsx.");
  return url;
}
