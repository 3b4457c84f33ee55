import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express, { type RequestHandler } from 'express'

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
}

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
