/** The addresses of the pages that need a session: the folders of `app/(signed-in)`. */
export const SIGNED_IN_PAGES = ["/dashboard", "/account"];
