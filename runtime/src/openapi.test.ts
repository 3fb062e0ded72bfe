import { onTestFinished, expect, test } from 'vitest'
import { createHttpApp, listen } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { mergeOpenApi, problemResponse, type OpenApiFragment } from './openapi-document.ts'
import { createDocsRouter } from './openapi.ts'

const responses = { 200: { description: 'Done.' }, 422: problemResponse('Wrong.') }
const fragment = (path: string, method: string, summary = 'Does it.'): OpenApiFragment => ({
  paths: { [path]: { [method]: { summary, responses } } },
  components: { schemas: { Thing: { type: 'object' } } },
})

const merge = (...fragments: OpenApiFragment[]) => mergeOpenApi({ title: 'Both', version: '1', fragments })

test('fragments become one document, that has the problem they refer to', () => {
  const document = merge(fragment('/a', 'get'), fragment('/a', 'post'), fragment('/b', 'get'))
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Both', version: '1' } })
  expect(Object.entries(document.paths).map(([path, methods]) => [path, Object.keys(methods)])).toEqual(
    [['/a', ['get', 'post']], ['/b', ['get']]])
  expect(Object.keys(document.components.schemas)).toEqual(['Problem', 'Thing'])
  // Each way to show a key that is offered is described.
  expect(document.security.flatMap((way) => Object.keys(way))).toEqual(Object.keys(document.components.securitySchemes))
})

test('two descriptions of one thing have to be equal', () => {
  expect(() => merge(fragment('/a', 'get'), fragment('/a', 'get'))).not.toThrow()
  expect(() => merge(fragment('/a', 'get'), fragment('/a', 'get', 'Else.'))).toThrow('/a get is described twice')
})

async function serve(fragments: readonly OpenApiFragment[]): Promise<string> {
  const router = createDocsRouter({ title: 'T', version: '1', fragments })
  const app = createHttpApp({ logger: silentLogger, metrics: createMetrics({ service: 'test' }), routers: [router] })
  const listener = await listen(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => listener.close(0))
  return listener.url
}

test('the document and a page of it are served', async () => {
  const url = await serve([fragment('/a', 'get')])
  const document = await fetch(`${url}/openapi.json`)
  expect(document.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(await document.json()).toEqual(mergeOpenApi({ title: 'T', version: '1', fragments: [fragment('/a', 'get')] }))
  const page = await fetch(`${url}/docs`)
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'sha256-")
  expect(await page.text()).toContain('<code>/a</code> Does it.')
})

test('the page has no script, loads nothing, and shows markup as text', async () => {
  const url = await serve([fragment('/a', 'get', '<script>alert(1)</script>')])
  const html = await (await fetch(`${url}/docs`)).text()
  expect(html).toContain('&lt;script&gt;')
  expect(html).not.toMatch(/<script|<link|<img|\bsrc=|https?:|\son\w+=/)
})
