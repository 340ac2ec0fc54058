/** Addresses on this server that a page may link to. */
export function logLink(build_id: string): string {
  return `/api/v1/builds/${encodeURIComponent(build_id)}/log`;
}

export function queueLink(name: string): string {
  return `/?queue=${encodeURIComponent(name)}`;
}
