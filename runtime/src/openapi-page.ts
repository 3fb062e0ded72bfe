import { createHash } from 'node:crypto'
import type { OpenApiDocument, OpenApiOperation, OpenApiParameter, OpenApiResponse } from './openapi-document.ts'

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
:root { color-scheme: light dark }
summary { cursor: pointer; padding: .4rem 0; border-top: 1px solid #8884 }
code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { overflow: auto; padding: .6rem; background: #8881 }
dt { font-weight: 600 }
b { display: inline-block; min-width: 4rem }`

/** The page names the only style that may apply to it, by its hash: no script, and nothing from anywhere else. */
const hash = createHash('sha256').update(style).digest('base64')
const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'`

export interface OpenApiPage {
  readonly html: string
  readonly contentSecurityPolicy: string
}

/** The document as plain HTML, one fold for each operation and each schema. */
export function renderOpenApiPage({ info, paths, components }: OpenApiDocument): OpenApiPage {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(path, method, operation)))
  const schemas = Object.entries(components.schemas).map(([name, schema]) =>
    `<details id="${escape(name)}"><summary><code>${escape(name)}</code></summary>${renderJson(schema)}</details>`)
  const title = `${escape(info.title)} ${escape(info.version)}`
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${style}</style></head><body>
<h1>${title}</h1><p>For programs: <a href="openapi.json">openapi.json</a></p>
<h2>Operations</h2>${operations.join('\n')}
<h2>Schemas</h2>${schemas.join('\n')}
</body></html>`
  return { html, contentSecurityPolicy }
}

function renderOperation(path: string, method: string, operation: OpenApiOperation): string {
  const { summary, description, parameters = [], requestBody, responses } = operation
  const parts = [
    `<summary><b>${escape(method.toUpperCase())}</b><code>${escape(path)}</code> ${escape(summary)}</summary>`,
    description === undefined ? '' : `<p>${escape(description)}</p>`,
    parameters.length === 0 ? '' : `<h4>Parameters</h4><dl>${parameters.map(renderParameter).join('')}</dl>`,
    requestBody ? `<h4>Body</h4>${renderJson(requestBody)}` : '',
    `<h4>Answers</h4><dl>${Object.entries(responses).map(renderResponse).join('')}</dl>`,
  ]
  return `<details>${parts.join('')}</details>`
}

function renderParameter({ name, in: place, required, description = '', schema }: OpenApiParameter): string {
  const term = `<code>${escape(name)}</code> (${place}${required ? ', required' : ''})`
  return `<dt>${term}</dt><dd>${escape(description)} <code>${escape(JSON.stringify(schema))}</code></dd>`
}

function renderResponse([status, { description, content }]: [string, OpenApiResponse]): string {
  return `<dt>${escape(status)}</dt><dd>${escape(description)}${content ? renderJson(content) : ''}</dd>`
}

/** Indented JSON whose references are links within the page. */
function renderJson(value: unknown): string {
  const text = escape(JSON.stringify(value, null, 2))
  return `<pre>${text.replaceAll(/#\/components\/schemas\/([\w.-]+)/g, '<a href="#$1">$&</a>')}</pre>`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
