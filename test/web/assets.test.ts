import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import request from 'supertest'
import { serveAssets } from '../../server/web/assets/serve'
import { assetUrls } from '../../server/web/assets/urls'

const built = join(__dirname, '../../public/assets')
const asset = assetUrls(join(built, 'manifest.json'))
const app = express().use('/assets', serveAssets(built))

it('is kept by browsers for good, under a name that changes with its content', async () => {
  for (const name of ['app.css', 'app.js', 'ui.woff2', 'icon.svg', 'text.css', 'hanja.css']) {
    const answer = await request(app).get(asset(name))
    expect([name, answer.status]).toEqual([name, 200])
    expect(answer.headers['cache-control']).toMatch(/max-age=31536000, immutable/)
  }
})

it('goes out packed to those who take it and plain to others', async () => {
  const packed = await request(app).head(asset('app.css')).set('Accept-Encoding', 'gzip, br')
  expect(packed.headers['content-encoding']).toBe('br')
  expect(packed.headers['content-type']).toMatch('text/css')
  expect(packed.headers['vary']).toMatch('Accept-Encoding')
  for (const encoding of ['identity', 'br;q=0, gzip']) {
    const plain = await request(app).head(asset('app.css')).set('Accept-Encoding', encoding)
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.headers['vary']).toMatch('Accept-Encoding')
  }
})

it('does not hand out its own list, nor anything beside the folder', async () => {
  for (const path of ['manifest.json', '.inputs', '..%2f..%2fpackage.json']) {
    const answer = await request(app).get(`/assets/${path}`)
    expect([path, answer.status >= 400]).toEqual([path, true])
  }
})

it('complains about a name nobody built, and says how to build', () => {
  expect(() => asset('nothing.css')).toThrow('no asset called "nothing.css"')
  const empty = mkdtempSync(join(tmpdir(), 'assets-'))
  expect(() => assetUrls(join(empty, 'manifest.json'))).toThrow('npm run build')
  writeFileSync(join(empty, 'manifest.json'), '{')
  expect(() => assetUrls(join(empty, 'manifest.json'))).toThrow('npm run build')
})
