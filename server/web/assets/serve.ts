import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express, { type RequestHandler } from 'express'

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
}

/** What only a page needs of the headers of every answer: on each file of a first visit it is most of a kilobyte. */
const ofPages = [
  'Content-Security-Policy',
  'Cross-Origin-Opener-Policy',
  'Origin-Agent-Cluster',
  'Permissions-Policy',
  'X-DNS-Prefetch-Control',
  'X-Download-Options',
  'X-Frame-Options',
  'X-Permitted-Cross-Domain-Policies',
  'X-XSS-Protection',
]

/**
 * Serves the built assets (mount at `/assets`), cached for a year because their names carry a hash,
 * the Brotli copy to those who take it. No compression at run time: a burst of first visits costs reads only.
 */
export function serveAssets(folder: string): RequestHandler {
  const files = express.static(folder, {
    immutable: true,
    maxAge: '365d',
    index: false,
    fallthrough: true,
    redirect: false,
    setHeaders(res, path) {
      // A picture that is opened by itself is a page.
      if (!path.endsWith('.svg')) for (const name of ofPages) res.removeHeader(name)
    },
  })
  return (req, res, next) => {
    // Not hashed, and nobody's business.
    if (req.path === '/manifest.json') return next('router')
    const text = /^\/[\w-]+\.[0-9a-f]{10}\.(css|js)$/.exec(req.path)
    if (text) {
      res.vary('Accept-Encoding')
      const packed = `${req.path}.br`
      if (acceptsBrotli(req.headers['accept-encoding']) && existsSync(join(folder, packed))) {
        res.setHeader('Content-Encoding', 'br')
        res.setHeader('Content-Type', types[text[1] as string] as string)
        req.url = packed
      }
    }
    files(req, res, next)
  }
}

function acceptsBrotli(header: string | string[] | undefined): boolean {
  return /(^|,)\s*br\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[\d.]+\s*)?(,|$)/.test(String(header ?? ''))
}
