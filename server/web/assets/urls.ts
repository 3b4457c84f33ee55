import { readFileSync } from 'node:fs'

/**
 * Reads the manifest that the asset build wrote and returns what views call as `asset('app.css')`:
 * the address under `/assets/` with the content's hash in it, so it may be cached for good.
 * Throws when the build has not run, and on a name that it does not know.
 */
export function assetUrls(manifestPath: string): (name: string) => string {
  let manifest: Record<string, string>
  try {
    manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Record<string, string>
  } catch (cause) {
    throw new Error(`The pages' assets are not built (${manifestPath}). Run: npm run build`, {
      cause,
    })
  }
  return (name) => {
    const hashed = manifest[name]
    if (hashed === undefined) throw new Error(`There is no asset called "${name}"`)
    return `/assets/${hashed}`
  }
}
