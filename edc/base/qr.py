"""QR codes as pictures in the page."""

import base64
from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathFillImage


def qr_picture(text: str) -> str:
    """Return the QR code of the text as the address of a picture, black on white in both colour schemes."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=3, image_factory=SvgPathFillImage)
    code.add_data(text)
    drawn = BytesIO()
    code.make_image().save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
