import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { RequestHandler, Response, Router } from 'express'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { readCheckpoint, readTile } from './read-published'
import { parseTilePath } from './tree/tiles'

const pack = promisify(gzip)
const prefix = '/ledger/'
const forGood = 'public, max-age=31536000, immutable'

/**
 * The whole ledger as files that anyone may fetch, keep and mirror: C2SP tlog-tiles with the checkpoint
 * beside them. Same bytes for everyone, so no session, no cookie and no language.
 */
export function ledgerFileRoutes({ db, config }: AppDeps): Router {
  const routes = routeTable()
  const file = { who: 'anyone', session: false } as const

  routes.get('/ledger/checkpoint', file, forEveryone, async (_req, res) => {
    const newest = await readCheckpoint(db)
    if (!newest) return notThere(res, 'nothing is signed yet')
    res.setHeader('Cache-Control', `public, max-age=${config.limits.checkpointCacheSeconds}`)
    res.type('text/plain; charset=utf-8').send(newest.note)
  })

  routes.get('/ledger/tile/*path', file, forEveryone, async (req, res) => {
    // The path as it was sent: decoded, %2F would give a tile a second address.
    const name = req.path.startsWith(prefix) ? parseTilePath(req.path.slice(prefix.length)) : null
    const bytes = name && (await readTile(db, name))
    if (!name || !bytes) return notThere(res, 'no such tile')
    res.setHeader('Cache-Control', forGood)
    res.type('application/octet-stream')
    if (name.level !== 'entries') return void res.send(bytes)
    // Hashes do not compress, entries shrink by half.
    res.vary('Accept-Encoding')
    if (req.acceptsEncodings('gzip', 'identity') !== 'gzip') return void res.send(bytes)
    res.setHeader('Content-Encoding', 'gzip')
    res.send(await pack(bytes))
  })

  return routes.router
}

/** Anyone's page may read these files, and nothing in the answer is about who asks. */
const forEveryone: RequestHandler = (_req, res, next) => {
  for (const name of ['Vary', 'Content-Language', 'Set-Cookie']) res.removeHeader(name)
  res.setHeader('Access-Control-Allow-Origin', '*')
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
  next()
}

function notThere(res: Response, why: string): void {
  res.status(404).type('text/plain; charset=utf-8').send(`${why}\n`)
}
