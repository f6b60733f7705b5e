# What the layers' Makefiles share; `sam build` calls each in its own folder.
# The tools are those of `make setup`. Without them, as on a machine with the SAM CLI, Python 3.13 and
# pip alone, pip puts the same versions into build/layer-tools.
ROOT := $(abspath ../..)
ifneq ($(wildcard $(ROOT)/.tools/uv/bin/uv),)
UV ?= $(ROOT)/.tools/uv/bin/uv
PYTHON ?= $(ROOT)/.venv/bin/python
else
TOOLS := $(ROOT)/build/layer-tools
UV ?= $(TOOLS)/bin/uv
PYTHON ?= python3.13
export PYTHONPATH := $(ROOT):$(ROOT)/layers/aviso:$(TOOLS)
PINNED := $(addprefix $(ROOT)/,infra/local/requirements-uv.txt infra/compiler/requirements.txt \
  layers/dependencies/requirements.txt)
$(TOOLS): $(PINNED)
	rm -rf $@ $@.half
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
	  --target $@.half $(addprefix --requirement ,$(PINNED))
	mv $@.half $@
endif
# The machine that runs the packages: the template's default. For Architecture x86_64 it is
# x86_64-manylinux_2_34, which `make deploy` passes. Empty means this machine, as for `make run`.
LAYER_PLATFORM ?= aarch64-manylinux_2_34
PACKAGES := "$(ARTIFACTS_DIR)/python"
INSTALL := "$(UV)" pip install --quiet --target $(PACKAGES) --python "$(PYTHON)" \
  $(if $(LAYER_PLATFORM),--python-platform $(LAYER_PLATFORM)) \
  --no-deps --require-hashes --only-binary :all: --requirement requirements.txt
# A layer is read-only: without bytecode each cold start would compile again all it imports. By hash
# and unchecked, since a layer's archive does not keep the sources' exact times.
BYTECODE := "$(PYTHON)" -m compileall -q --invalidation-mode unchecked-hash \
  -s "$(ARTIFACTS_DIR)" -p /opt $(PACKAGES)
