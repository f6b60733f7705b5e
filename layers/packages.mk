# The pinned packages of a layer, for the machine that runs them; included by each layer's Makefile,
# which `sam build` calls in its own folder.
# LAYER_PLATFORM says which machine: `make deploy` derives it from the template's Architecture, and the
# laptop's stack passes an empty one, its own. Without it nothing is built: packages for another
# processor fail only when a function starts.
UV ?= ../../.tools/uv/bin/uv
PYTHON ?= ../../.venv/bin/python
ifeq ($(origin LAYER_PLATFORM),undefined)
$(error LAYER_PLATFORM is not set: build with 'make deploy' or 'make run')
endif
PACKAGES := "$(ARTIFACTS_DIR)/python"
INSTALL := "$(UV)" pip install --quiet --target $(PACKAGES) --python "$(PYTHON)" \
  $(if $(LAYER_PLATFORM),--python-platform $(LAYER_PLATFORM)) \
  --no-deps --require-hashes --only-binary :all: --requirement requirements.txt
# A layer is read-only: without bytecode each cold start would compile again all it imports. By hash
# and unchecked, since a layer's archive does not keep the sources' exact times.
BYTECODE := "$(PYTHON)" -m compileall -q --invalidation-mode unchecked-hash \
  -s "$(ARTIFACTS_DIR)" -p /opt $(PACKAGES)
