"""The demo's customers: invented people. Names are common ones put together by chance, e-mails end in example.com,
streets and house numbers are made up, phones lie in one dull run of digits per country. Pure."""

from dataclasses import dataclass
from typing import Any

from channels.demo import dice
from channels.demo.sources import City

# (as written in English, as written in the language), by the language people write to us in.
FIRST = {
    "ar": [
        ("Sara", "سارة"), ("Noura", "نورة"), ("Reem", "ريم"), ("Huda", "هدى"), ("Layla", "ليلى"),
        ("Maha", "مها"), ("Amal", "أمل"), ("Fahad", "فهد"), ("Khalid", "خالد"), ("Omar", "عمر"),
        ("Yousef", "يوسف"), ("Abdullah", "عبدالله"), ("Majed", "ماجد"), ("Saad", "سعد"), ("Tariq", "طارق"),
    ],
    "fa": [
        ("Maryam", "مریم"), ("Zahra", "زهرا"), ("Narges", "نرگس"), ("Shirin", "شیرین"), ("Elham", "الهام"),
        ("Parisa", "پریسا"), ("Reza", "رضا"), ("Hossein", "حسین"), ("Amir", "امیر"), ("Behzad", "بهزاد"),
        ("Kaveh", "کاوه"), ("Farhad", "فرهاد"),
    ],
    "en": [
        ("Sara", "Sara"), ("Noura", "Noura"), ("Mona", "Mona"), ("Aisha", "Aisha"), ("Priya", "Priya"),
        ("Grace", "Grace"), ("Daniel", "Daniel"), ("Rashid", "Rashid"), ("Hamad", "Hamad"), ("Karim", "Karim"),
        ("Nadia", "Nadia"), ("Joseph", "Joseph"),
    ],
}  # fmt: skip
LAST = {
    "ar": [
        ("Al-Harbi", "الحربي"), ("Al-Qahtani", "القحطاني"), ("Al-Otaibi", "العتيبي"), ("Al-Shammari", "الشمري"),
        ("Al-Zahrani", "الزهراني"), ("Al-Mutairi", "المطيري"), ("Al-Ghamdi", "الغامدي"), ("Al-Salem", "السالم"),
        ("Al-Ansari", "الأنصاري"), ("Al-Najjar", "النجار"), ("Al-Hashimi", "الهاشمي"),
    ],
    "fa": [
        ("Ahmadi", "احمدی"), ("Karimi", "کریمی"), ("Rezaei", "رضایی"), ("Hosseini", "حسینی"), ("Moradi", "مرادی"),
        ("Jafari", "جعفری"), ("Rahimi", "رحیمی"), ("Nazari", "نظری"), ("Tehrani", "تهرانی"),
    ],
    "en": [
        ("Haddad", "Haddad"), ("Mansour", "Mansour"), ("Nair", "Nair"), ("Fernandes", "Fernandes"),
        ("Al Mazrouei", "Al Mazrouei"), ("Khan", "Khan"), ("Saleh", "Saleh"), ("Thomas", "Thomas"),
        ("Darwish", "Darwish"),
    ],
}  # fmt: skip
STREETS = {
    "ar": ["شارع النخيل", "شارع الياسمين", "شارع الواحة", "شارع المنارة", "شارع البستان", "شارع الربيع"],
    "fa": ["خیابان بهار", "خیابان نیلوفر", "خیابان سرو", "خیابان باران", "خیابان لاله", "خیابان آفتاب"],
    "en": ["Palm Street", "Jasmine Street", "Oasis Street", "Lighthouse Street", "Orchard Street"],
}
DISTRICTS = {
    "ar": ["حي النخيل", "حي الياسمين", "حي الواحة", "حي الربيع", "حي الندى"],
    "fa": ["محله بهار", "محله باغ", "محله سرو", "محله چشمه"],
    "en": ["Palm District", "Jasmine District", "Oasis District", "Marina District"],
}
# Country code, then digits that leave four for the customer's place in the list.
PHONES = {"SA": "+96650000", "AE": "+97150000", "KW": "+9655000", "IR": "+98900000"}
LANGUAGES = {
    "SA": [("ar", 70), ("en", 30)],
    "AE": [("en", 60), ("ar", 40)],
    "KW": [("ar", 80), ("en", 20)],
    "IR": [("fa", 100)],
}
COUNTRIES = [("SA", 52), ("AE", 20), ("KW", 12), ("IR", 16)]


@dataclass(frozen=True, slots=True)
class Person:
    """A customer at home. `address` is the contract's form."""

    name: str
    email: str
    phone: str
    language: str
    country: str
    address: dict[str, Any]


def person(customer: str, place: int, cities: list[City]) -> Person:
    """The invented person behind a real customer number; `place` is its place among all of them."""
    country = dice.weighted(COUNTRIES, customer, "country")
    language = dice.weighted(LANGUAGES[country], customer, "language")
    first = dice.one_of(FIRST[language], customer, "first")
    last = dice.one_of(LAST[language], customer, "last")
    name = f"{first[1]} {last[1]}"
    # Cities by the root of their people: the big ones first, the small ones not never.
    weights = [(city, int(city.population**0.5)) for city in cities if city.country == country]
    city = dice.weighted(weights, customer, "city")
    mail = f"{first[0]}.{last[0]}.{place}".lower().replace(" ", "-")
    phone = f"{PHONES[country]}{place:04d}"
    return Person(
        name, f"{mail}@example.com", phone, language, country, _address(customer, name, phone, language, city)
    )


def _address(customer: str, name: str, phone: str, language: str, city: City) -> dict[str, Any]:
    street = dice.one_of(STREETS[language], customer, "street")
    house = 1 + dice.number(240, customer, "house")
    address: dict[str, Any] = {
        "name": name,
        "line1": f"{house} {street}" if language == "en" else f"{street} {house}",
        "district": dice.one_of(DISTRICTS[language], customer, "district"),
        "city": city.names[language],
        "country": city.country,
        "phone": phone,
        "latitude": city.latitude,
        "longitude": city.longitude,
    }
    if city.country == "SA":
        address["postal_code"] = str(11_000 + dice.number(55_000, customer, "post"))
        if dice.number(3, customer, "short") == 0:
            letters = "".join(dice.one_of("ABDEGHJKMNRS", customer, "short", n) for n in range(4))
            address["short_address"] = f"{letters}{1000 + dice.number(9000, customer, 'short digits')}"
    if city.country == "IR":
        address["postal_code"] = str(1_300_000_000 + dice.number(600_000_000, customer, "post"))
    return address
