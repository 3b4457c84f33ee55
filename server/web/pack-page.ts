import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Request, Response } from 'express'

const pack = promisify(gzip)

/**
 * Renders a page and sends it gzipped to those who take it. For a page of many words that is the same for
 * everyone; never for one with a token, because the length of a packed page that repeats what was asked
 * for tells who listens what else stands in it.
 */
export async function renderPacked(
  req: Request,
  res: Response,
  view: string,
  locals: object,
): Promise<void> {
  const html = await new Promise<string>((resolve, reject) => {
    res.render(view, locals, (error: Error | null, text: string) => {
      if (error) reject(error)
      else resolve(text)
    })
  })
  res.vary('Accept-Encoding')
  res.type('html')
  if (req.acceptsEncodings('gzip', 'identity') !== 'gzip') return void res.send(html)
  res.setHeader('Content-Encoding', 'gzip')
  res.send(await pack(html))
}
