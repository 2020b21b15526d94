"""Text → unit vectors: the bundled multilingual-e5-small, or any sentence-transformers model."""

from kb.encode.export import export_model
from kb.encode.load import calibration_path, load_base, load_encoder, load_likelihood, projection_path
from kb.encode.neutral import NeutralEncoder, Projection, fit_projection
from kb.encode.protocol import Encoder

__all__ = [
    "Encoder",
    "NeutralEncoder",
    "Projection",
    "calibration_path",
    "export_model",
    "fit_projection",
    "load_base",
    "load_encoder",
    "load_likelihood",
    "projection_path",
]
