"""Cities by any of their usual spellings, so that a customer's "جدة" is the "Jeddah" of a location's address.

Only names that folding does not make alike stand here; any other city is known by its own spelling alone.
"""

from oms.core import text

_SPELLINGS = (
    # Saudi Arabia
    "Riyadh, Ar Riyadh, Al Riyadh, الرياض, رياض, ریاض",
    "Jeddah, Jedda, Jiddah, Jidda, جدة, جده, جدّه",
    "Mecca, Makkah, Makkah Al Mukarramah, مكة, مكة المكرمة, مکه",
    "Medina, Madinah, Al Madinah, Al Madinah Al Munawwarah, المدينة, المدينة المنورة, مدینه",
    "Dammam, Ad Dammam, Al Dammam, الدمام, دمام",
    "Khobar, Al Khobar, Al-Khobar, Alkhobar, الخبر, خبر",
    "Dhahran, الظهران, ظهران",
    "Jubail, Al Jubail, الجبيل, جبیل",
    "Taif, Al Taif, At Taif, Ta'if, الطائف, طائف",
    "Tabuk, Tabouk, تبوك, تبوک",
    "Buraydah, Buraidah, بريدة, بریده",
    "Abha, أبها, ابها",
    "Khamis Mushait, Khamis Mushayt, خميس مشيط, خمیس مشیط",
    "Hail, Ha'il, Hayel, حائل",
    "Najran, نجران",
    "Jazan, Jizan, جازان, جيزان",
    "Yanbu, ينبع, ینبع",
    "Hofuf, Al Hofuf, Al-Hofuf, Al Ahsa, الهفوف, الأحساء, الاحساء",
    # Emirates, Qatar, Bahrain, Kuwait, Oman
    "Dubai, دبي, دبی",
    "Abu Dhabi, Abu-Dhabi, Abudhabi, أبوظبي, أبو ظبي, ابوظبی",
    "Sharjah, الشارقة, شارجه",
    "Ajman, عجمان",
    "Al Ain, Al-Ain, العين, العین",
    "Fujairah, الفجيرة, فجیره",
    "Ras Al Khaimah, Ras Al-Khaimah, رأس الخيمة, رأس‌الخیمه",
    "Doha, Ad Dawhah, الدوحة, دوحه",
    "Manama, Al Manamah, المنامة, منامه",
    "Muharraq, Al Muharraq, المحرق",
    "Kuwait City, Kuwait, مدينة الكويت, الكويت, کویت",
    "Hawally, Hawalli, حولي",
    "Muscat, Masqat, مسقط",
    "Salalah, صلالة, صلاله",
    "Sohar, صحار",
    # Iran
    "Tehran, Teheran, طهران, تهران",
    "Mashhad, Meshed, مشهد",
    "Isfahan, Esfahan, أصفهان, اصفهان",
    "Shiraz, شيراز, شیراز",
    "Tabriz, تبريز, تبریز",
    "Karaj, كرج, کرج",
    "Qom, Ghom, قم",
    "Ahvaz, Ahwaz, الأهواز, اهواز",
    "Kermanshah, كرمانشاه, کرمانشاه",
    "Rasht, رشت",
    "Yazd, يزد, یزد",
    "Kerman, كرمان, کرمان",
    "Bandar Abbas, Bandar-e Abbas, بندر عباس, بندرعباس",
)
_KEYS = {
    text.fold(spelling): text.fold(spellings.partition(",")[0])
    for spellings in _SPELLINGS
    for spelling in spellings.split(",")
}


def city_key(name: str) -> str:
    """The same for every spelling of a city."""
    folded = text.fold(name)
    return _KEYS.get(folded, folded)
