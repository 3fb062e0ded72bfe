import { Router } from 'express'
import { mergeOpenApi, type DocsOptions } from './openapi-document.ts'
import { renderOpenApiPage } from './openapi-page.ts'

/** `GET /openapi.json`, and `GET /docs`: the same as a page that needs no script and nothing from elsewhere. */
export function createDocsRouter(options: DocsOptions): Router {
  const document = mergeOpenApi(options)
  const json = JSON.stringify(document)
  const { html, contentSecurityPolicy } = renderOpenApiPage(document)
  return Router()
    .get('/openapi.json', (_req, res) => void res.set('Content-Type', 'application/json; charset=utf-8').end(json))
    .get('/docs', (_req, res) => {
      res.set('Content-Security-Policy', contentSecurityPolicy)
      res.set('Content-Type', 'text/html; charset=utf-8').end(html)
    })
}
