/**
 * Addresses that look like ours and are not, to show what to watch for. All stand under example.com,
 * which nobody can own (RFC 2606).
 */
export function lookAlikes(publicUrl: string): string[] {
  const { protocol, hostname } = new URL(publicUrl)
  return [`${hostname}.example.com`, `${hostname.replaceAll('.', '-')}-help.example.com`].map(
    (host) => `${protocol}//${host}/`,
  )
}
