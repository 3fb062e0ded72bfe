# Names that people know from component Makefiles, as thin calls of npm, docker and helm. `make` lists them.
#
#   SERVICE=ingest            one service instead of all, where a target knows services
#   REGISTRY=example.org/team where images are pushed to and pulled from
#   NAMESPACE, RELEASE        where the chart is installed, and as what
#   TAG                       of the images: the version, and for *-new-k8s the version and the commit
#   HELM_ARGS                 more for helm, such as '-f my-values.yaml'; what was set before stays, see `helm get values`
#
# "new" in a name: first all the steps that come before.
SERVICE   ?=
REGISTRY  ?=
NAMESPACE ?= twofold
RELEASE   ?= twofold
PORT      ?= 8080
ENV_FILE  ?= .env
HELM_ARGS ?=

version  = $(shell node -p 'require("./package.json").version')
registry = $(if $(REGISTRY),--registry $(REGISTRY))
tag      = $(if $(TAG),--tag $(TAG))
kubectl  = kubectl --namespace $(NAMESPACE)
parts    = -l app.kubernetes.io/instance=$(RELEASE)$(if $(SERVICE),$(comma)app.kubernetes.io/component=$(SERVICE))
comma   := ,

# Nodes keep an image that they have under a tag, so new code needs a new one; and a release has one for all services.
ifneq ($(filter %-new-k8s,$(MAKECMDGOALS)),)
TAG ?= $(version)-$(shell git describe --always --exclude '*' --dirty=-$$(git diff HEAD | git hash-object --stdin | cut -c 1-7))
override SERVICE :=
endif

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z0-9-]*\):.*\#\# .*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## This list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-26s %s\n", $$1, $$2 }'

# On this machine, with npm alone.

update-local: ## Install exactly what package-lock.json names
	npm ci --ignore-scripts

build-local: ## Check types, style, architecture and unused code (nothing is compiled)
	npm run check

build-new-local: update-local build-local ## update-local, build-local

build: build-local ## build-local

test: ## All tests that need no server
	npm test

test-int: ## The tests on Kafka, Cassandra and MySQL, in containers
	npm run test:int

run-local: ## All services in one process, on SQLite: http://localhost:8080
	npm start

run-new-local: build-new-local run-local ## build-new-local, run-local

run-with-env: ## run-local with the settings of ENV_FILE (.env)
	node --env-file=$(ENV_FILE) scripts/start.ts

clear: ## Remove installed packages (data stays)
	rm -rf node_modules coverage

# In containers.

build-image: ## Build the images, or SERVICE's
	npm run images -- $(registry) $(tag) $(SERVICE)

build-new-image: build-new-local build-image ## build-new-local, build-image

push-image: ## Build the images, or SERVICE's, and push them to REGISTRY
	npm run images -- --push $(registry) $(tag) $(SERVICE)

push-new-image: build-new-local push-image ## build-new-local, push-image

run-image: ## Start everything with docker compose, or SERVICE and what it needs: http://localhost:8080
	docker compose up --detach --wait $(SERVICE)

run-new-image: build-new-image run-image ## build-new-image, run-image

stop-image: ## Stop what run-image started; the data stays
	docker compose down

logs-image: ## Follow the logs of what run-image started, or SERVICE's
	docker compose logs --follow --tail 100 $(SERVICE)

run-tmp-image: ## One container that is gone afterwards: SERVICE, or all services on SQLite
	docker run --rm -it --init --read-only --tmpfs /tmp --tmpfs /data:uid=10001 --cap-drop ALL \
	  --env PUBLISHED_AT=127.0.0.1:$(PORT) --publish 127.0.0.1:$(PORT):8080 twofold/$(or $(SERVICE),tools):$(or $(TAG),$(version))

docker-build-image: build-image ## build-image

docker-push-image: push-image ## push-image

docker-run-tmp-container: run-tmp-image ## run-tmp-image

# On Kubernetes: the cluster that kubectl talks to.

apply-k8s: ## Install or upgrade the chart, and wait until it serves
	helm upgrade --install $(RELEASE) helm --namespace $(NAMESPACE) --create-namespace --wait --timeout 10m --reset-then-reuse-values \
	  $(if $(REGISTRY),--set image.registry=$(REGISTRY)) $(if $(TAG),--set-string image.tag=$(TAG)) $(HELM_ARGS)

query-k8s: ## Show what runs
	$(kubectl) get pods,services,deployments,statefulsets,cronjobs,jobs,ingresses,persistentvolumeclaims $(parts)

logs-k8s: ## Follow the logs, or SERVICE's
	$(kubectl) logs --follow --prefix --tail 100 --max-log-requests 20 $(parts)

attach-k8s: ## Forward PORT (8080) of this machine to SERVICE (analytics-service)
	$(kubectl) port-forward service/$(RELEASE)-$(or $(SERVICE),analytics-service) $(PORT):8080

test-k8s: ## Post an event inside the cluster and read it back (helm test)
	helm test $(RELEASE) --namespace $(NAMESPACE) --logs

recreate-k8s: ## Replace the pods, or SERVICE's, one after the other
	$(kubectl) rollout restart deployment $(parts)
	$(kubectl) rollout status deployment $(parts) --timeout 5m

recreate-new-k8s: deploy-new-k8s ## deploy-new-k8s: pods with a new image are new pods

deploy-new-k8s: push-new-image apply-k8s ## push-new-image, apply-k8s

delete-k8s: ## Uninstall the chart
	helm uninstall $(RELEASE) --namespace $(NAMESPACE) --wait
