"""The SQLAlchemy dialect. A checkout may have been installed before the entry point came: it is registered here too."""

from sqlalchemy.dialects import registry

registry.register("owlake", "owlake.sqlalchemy.dialect", "OwlakeDialect")
